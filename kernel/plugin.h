/* plugin.h: a plugin as the kernel knows it: its factories, and when nothing refers to its code any more. */
#ifndef KERNEL_PLUGIN_H
#define KERNEL_PLUGIN_H

#include "model.h"

/* Judges a descriptor and makes its factories; nothing is published. NULL and error. */
struct sp_plugin_handle *plugin_create(struct sp_kernel *kernel, const struct sp_plugin *descriptor,
	const struct sp_plugin_origin *origin, struct sp_error *error);

/* Frees a plugin that has neither bodies nor instances; gone is not called. */
void plugin_destroy(struct sp_plugin_handle *plugin);

/* Makes the plugin's name and components the kernel's, and the reverse. */
void plugin_publish(struct sp_plugin_handle *plugin);
void plugin_unpublish(struct sp_plugin_handle *plugin);

/* The first component of plugin whose name belongs to another plugin than except, or NULL. */
const struct factory *plugin_conflict(const struct sp_plugin_handle *plugin, const struct sp_plugin_handle *except);

/* Looks whether an unpublished plugin can go; tells those that can. */
void plugin_due(struct sp_plugin_handle *plugin);
void plugins_tell_gone(struct sp_kernel *kernel);

/* At the end of the kernel: ends and frees whatever is left, without waiting for it. */
void plugins_destroy_all(struct sp_kernel *kernel);

/* An instance that was to be removed has no body any more. */
void plugin_instance_gone(struct instance *instance);

#endif

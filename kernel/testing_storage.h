/* testing_storage.h: the storage of a test: in memory, with failures when the test wants them. For testing.c. */
#ifndef KERNEL_TESTING_STORAGE_H
#define KERNEL_TESTING_STORAGE_H

#include <signalpy/kernel.h>
#include <signalpy/storage.h>

struct testing_storage;

/* Makes an empty storage whose requests are carried out from the top of the loop; NULL without memory. It is destroyed
 * after the kernel that it was provided to. */
struct testing_storage *testing_storage_create(const struct sp_loop_ops *ops, void *loop);
void testing_storage_destroy(struct testing_storage *storage);

/* Offers it to the components of a kernel. */
sp_status testing_storage_provide(struct testing_storage *storage, sp_kernel *kernel, int ranking);

/* The next count requests are told status. Whether requests wait. */
void testing_storage_fail(struct testing_storage *storage, sp_status status, unsigned count);
void testing_storage_hold(struct testing_storage *storage, bool hold);

/* Puts text under an instance's key (NULL: deletes), and reads it: NULL when there is nothing. */
sp_status testing_storage_put(struct testing_storage *storage, const char *instance, const char *key, const char *text);
const char *testing_storage_get(const struct testing_storage *storage, const char *instance, const char *key);

#endif

/* assets.h: the files that are part of the plugin: the frame of /openapi.json, and the page of /docs. */
#ifndef REST_ASSETS_H
#define REST_ASSETS_H

#include <signalpy/value.h>

/* Both are borrowed for good. */
sp_bytes rest_asset_openapi(void);
sp_bytes rest_asset_docs(void);

#endif

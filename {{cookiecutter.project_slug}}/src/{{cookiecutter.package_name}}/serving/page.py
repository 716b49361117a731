"""The page at `/docs`: Swagger UI over the OpenAPI document."""

import base64
import hashlib
from html import escape

from .. import TITLE

MEDIA_TYPE = "text/html; charset=utf-8"

# The browser fetches these from a CDN, and runs them only if they are what they were here.
SOURCE = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0"
SCRIPT_DIGEST = "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9"  # pragma: allowlist secret
STYLE_DIGEST = "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I"  # pragma: allowlist secret

START = "SwaggerUIBundle({url: 'openapi.json', dom_id: '#page', validatorUrl: null})"
START_DIGEST = "sha256-" + base64.b64encode(hashlib.sha256(START.encode()).digest()).decode()

HTML = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(TITLE)}</title>
<link rel="stylesheet" href="{SOURCE}/swagger-ui.css" integrity="{STYLE_DIGEST}" crossorigin>
</head>
<body>
<div id="page"><p><a href="openapi.json">The OpenAPI document</a></p></div>
<script src="{SOURCE}/swagger-ui-bundle.js" integrity="{SCRIPT_DIGEST}" crossorigin></script>
<script>{START}</script>
</body>
</html>
""".encode()

HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            f"script-src {SOURCE}/ '{START_DIGEST}'",
            f"style-src {SOURCE}/ 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ]
    )
}

/** The page that shows the API; addresses are relative, so that a path prefix does no harm. */
export function docsPage(): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>MCP Gateway API</title>
    <link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
    <link rel="stylesheet" href="docs/assets/swagger-ui.css">
    <script defer src="docs/assets/swagger-ui-bundle.js"></script>
    <script defer src="docs/assets/start.js"></script>
  </head>
  <body>
    <div id="swagger-ui" data-document="openapi.json"></div>
    <noscript>This page needs JavaScript; openapi.json holds the same as data.</noscript>
  </body>
</html>
`;
}

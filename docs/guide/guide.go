// Package guide has the user guide: pages in Markdown, in a directory for each language that
// the guide is written in, and the pictures of them. The pages under /help show it.
package guide

import "embed"

// Files are the pages, such as en/devices.md, and the pictures, such as img/en/devices.png.
//
//go:embed en/*.md de/*.md img/*/*.png
var Files embed.FS

// Languages are those that the guide is written in, the one for everybody else first.
var Languages = []string{"en", "de"}

// Index is the page that leads to all others, in their order.
const Index = "index"

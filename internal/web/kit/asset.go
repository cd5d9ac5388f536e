package kit

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/request"
)

//go:embed static/*.css static/*.js static/*.svg static/*.png static/NOTICES.txt static/flags/*.svg
var staticFiles embed.FS

// StaticPrefix is where the assets are served. The rest of the path holds a hash
// of the content, so that a browser may keep a file for good.
const StaticPrefix = "/static/"

// contentTypes are the only kinds served: a new kind is a decision.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// asset is one static file.
type asset struct {
	url         string
	contentType string
	body        []byte
	fixed       *request.Fixed
}

// assets are the static files by name ("sallyport.css") and by URL.
type assets struct {
	byName map[string]*asset
	byURL  map[string]*asset
}

var loadAssets = sync.OnceValue(func() assets {
	all := assets{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	err := fs.WalkDir(staticFiles, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		return all.add(strings.TrimPrefix(name, "static/"), body)
	})
	err = errors.Join(err, all.addGuide())
	for name, parts := range bundles {
		err = errors.Join(err, all.add(name, all.bundle(name, parts)))
	}
	if err != nil {
		panic(err)
	}
	return all
})

// bundles are files that every page needs, served as one: each request takes time.
var bundles = map[string][]string{
	"page.css": {"tabler.css", "sallyport.css"},
	"page.js":  {"theme.js", "time.js", "form.js", "dialog.js", "toast.js"},
}

func (all assets) add(name string, body []byte) error {
	ext, fixed := path.Ext(name), request.NewFixed(body)
	a := &asset{
		url:         StaticPrefix + strings.TrimSuffix(name, ext) + "." + fixed.Hash + ext,
		contentType: contentTypes[ext],
		body:        body,
		fixed:       fixed,
	}
	if a.contentType == "" {
		return fmt.Errorf("static file %s has no known content type", name)
	}
	all.byName[name], all.byURL[a.url] = a, a
	return nil
}

// bundle joins files. A script of a bundle imports nothing and keeps its names to itself.
func (all assets) bundle(name string, parts []string) []byte {
	var out bytes.Buffer
	for _, part := range parts {
		body := all.byName[part].body
		if path.Ext(name) == ".js" {
			body = slices.Concat([]byte("{\n"), body, []byte("\n}\n"))
		}
		out.Write(body)
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// AssetURL returns the address of a static file. An unknown name is a mistake in
// a template, and fails the page.
func AssetURL(name string) (string, error) {
	if a := loadAssets().byName[name]; a != nil {
		return a.url, nil
	}
	return "", fmt.Errorf("no static file %q", name)
}

// ServeAsset answers GET and HEAD under [StaticPrefix].
func ServeAsset(v *Visit) error {
	serveAsset(v.W, v.R)
	return nil
}

// ServeNamed answers with a static file at an address of its own that stays, so it is asked for again.
func ServeNamed(name string) func(*Visit) error {
	return func(v *Visit) error {
		a := loadAssets().byName[name]
		v.W.Header().Set("Content-Type", a.contentType)
		v.W.Header().Set("Cache-Control", "no-cache")
		a.fixed.Serve(v.W, v.R)
		return nil
	}
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	a := loadAssets().byURL[r.URL.Path]
	h := w.Header()
	if a == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	a.fixed.Serve(w, r)
}

// contentPolicy lets a page load from its own origin only, run no inline script
// or style, post to itself, and be framed by nobody. It keeps injected markup
// from doing anything. ASVS 5.0 3.4.3, 3.4.6.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

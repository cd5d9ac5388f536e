package kit

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// templateText is the text of all templates, and scriptText of all scripts.
func templateText(t *testing.T) string {
	return allText(t, templateFiles, "templates/*.html") + allText(t, templateFiles, "templates/*/*.html")
}

func scriptText(t *testing.T) string { return allText(t, staticFiles, "static/*.js") }

func allText(t *testing.T, files fs.FS, pattern string) string {
	t.Helper()
	names, err := fs.Glob(files, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// The style sheet of Tabler holds what the templates used when it was made; a
// class that nothing styles is a mistake, or it is time to make it again.
func TestEveryClassIsStyled(t *testing.T) {
	styles := ""
	for _, name := range []string{"tabler.css", "sallyport.css", "figures.css", "profile.css", "avatar.css", "look.css", "keys.css", "sso.css", "notices.css", "approve.css", "providers.css"} {
		styles += string(loadAssets().byName[name].body)
	}
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	classes := regexp.MustCompile(`class="([^"]*)"`)
	text := templateText(t)
	// A class put together at run time stands here with each of its ends.
	text = action.ReplaceAllString(text, " ")
	found := classes.FindAllStringSubmatch(text, -1)
	if len(found) < 100 {
		t.Errorf("found %d classes only", len(found))
	}
	for _, m := range found {
		for class := range strings.FieldsSeq(m[1]) {
			if strings.HasSuffix(class, "-") { // the rest is a value: see below
				continue
			}
			if !regexp.MustCompile(`\.`+regexp.QuoteMeta(class)+`\b`).MatchString(styles) && !slices.Contains(hooks, class) {
				t.Errorf("class %q has no style; if it is Tabler's, see static/src/README.md", class)
			}
		}
	}
	for _, stem := range []string{"sp-tile-", "sp-pill-"} {
		for _, tone := range []string{"good", "info", "warn", "bad", "plain"} {
			if stem == "sp-tile-" && tone == "plain" { // is the tile as it is
				continue
			}
			if !strings.Contains(styles, "."+stem+tone+" ") {
				t.Errorf("class %q has no style", stem+tone)
			}
		}
	}
}

// hooks are classes for scripts, tests and later styles only.
var hooks = []string{"sp-session-main", "sp-method-main", "sp-event-main", "sp-events", "sp-sessions"}

func TestServeAsset(t *testing.T) {
	url, err := AssetURL("sallyport.css")
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, url string, header ...string) *http.Response {
		r := httptest.NewRequest(method, url, nil)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		serveAsset(w, r)
		return w.Result()
	}
	plain := get("GET", url)
	body, _ := io.ReadAll(plain.Body)
	if plain.StatusCode != 200 || plain.Header.Get("Content-Encoding") != "" || !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("plain: %d %v", plain.StatusCode, plain.Header)
	}
	packed := get("GET", url, "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, _ := io.ReadAll(z); !bytes.Equal(unpacked, body) {
		t.Error("the compressed form is something else")
	}
	if packed.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Error("two forms share an ETag")
	}
	for header, want := range map[string]string{"gzip;q=0": "", "gzip; q=0.0": "", "gzip;q=0.5": "gzip", "GZIP": "gzip", "deflate": ""} {
		if got := get("GET", url, "Accept-Encoding", header).Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: got %q", header, got)
		}
	}
	if r := get("GET", url, "If-None-Match", `"other", W/`+plain.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("a known ETag: %d", r.StatusCode)
	}
	if r := get("HEAD", url); r.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: length %d", r.ContentLength)
	}
	for _, wrong := range []string{"/static/sallyport.css", "/static/", "/static/../web.go", path.Dir(url)} {
		if r := get("GET", "/static/x"+wrong); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, r.StatusCode)
		}
	}
}

// What begins with "on" behind "data-" is for html/template the text of a script: it would put values in
// quotes, which people then read.
func TestDataIsNoScript(t *testing.T) {
	script := regexp.MustCompile(`data-on[a-z-]*="[^"]*\{\{`)
	err := fs.WalkDir(templateFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templateFiles, path)
		if found := script.Find(text); found != nil {
			t.Errorf("%s: %s", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A page must run nothing that it does not name, on any browser.
func TestScriptsNeedNoException(t *testing.T) {
	for _, forbidden := range []string{"eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style.", "setAttribute(\"style"} {
		if strings.Contains(scriptText(t), forbidden) {
			t.Errorf("a script uses %s", forbidden)
		}
	}
}

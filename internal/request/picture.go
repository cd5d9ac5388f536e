package request

import (
	"net/http"
	"strconv"
)

// Inert is the content policy of answers that are no pages: opened by themselves they run, load and send
// nothing, and nobody frames them.
const Inert = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"

// Picture answers with a picture that the server made, by its hash: as what it is, and so that
// a browser that opens it by itself finds nothing to run. For good says that its address is
// that of these very pixels; otherwise the caller has said how long it may be kept.
func Picture(w http.ResponseWriter, r *http.Request, p Stored, forGood bool) {
	h := w.Header()
	h.Set("Content-Type", p.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", Inert)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if forGood {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	if p.Hash != "" {
		etag := `"` + p.Hash + "-" + strconv.Itoa(p.Size) + `"`
		h.Set("ETag", etag)
		if etagMatches(r.Header.Get("If-None-Match"), etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(p.Body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.Body) // the client left: nothing to do about it
	}
}

// Stored is a picture to answer with: its hash, "" for an answer without an ETag; its size and its type.
type Stored struct {
	Hash string
	Size int
	Type string
	Body []byte
}

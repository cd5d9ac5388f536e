package request

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fixed is a body that stays the same while the program runs, such as a style sheet. Its
// compressed form is made on first use and kept.
type Fixed struct {
	Hash       string // of the body
	body       []byte
	compressed func() []byte
}

// NewFixed returns a body to serve.
func NewFixed(body []byte) *Fixed {
	sum := sha256.Sum256(body)
	return &Fixed{hex.EncodeToString(sum[:8]), body, sync.OnceValue(func() []byte { return compress(body) })}
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil { // a memory buffer does not fail
		panic(err)
	}
	return out.Bytes()
}

// Serve answers GET and HEAD: compressed where that is accepted, and with 304 when the client
// has the same form already. The caller has set the type and how long it may be kept.
func (f *Fixed) Serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	body, etag := f.body, `"`+f.Hash+`"`
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = f.compressed(), `"`+f.Hash+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if etagMatches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client left: nothing to do about it
	}
}

// acceptsGzip reads Accept-Encoding far enough to tell "gzip" from "gzip;q=0".
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q := strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		return strings.Trim(q, "0.") != "" || q == ""
	}
	return false
}

// etagMatches compares weakly, as If-None-Match does (RFC 9110 section 13.1.2).
func etagMatches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if tag := strings.TrimSpace(part); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

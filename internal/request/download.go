package request

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// sendFor is how long one piece of a download may take to reach its reader.
const sendFor = time.Minute

// Download begins an answer that is a file of any size, which nobody keeps on the way. What is written
// to it may take longer than other answers. name is in ASCII, without quotes.
func Download(w http.ResponseWriter, name, contentType string) io.Writer {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+strings.Map(plain, name)+`"`)
	h.Set("Cache-Control", "no-store")
	return Lasting(w)
}

// Lasting lets an answer take longer than the server's time to write: each piece has its own, and is
// sent at once.
func Lasting(w http.ResponseWriter) io.Writer { return LastingFor(w, sendFor) }

// LastingFor is Lasting where one piece may take another time.
func LastingFor(w http.ResponseWriter, piece time.Duration) io.Writer {
	return patient{w, http.NewResponseController(w), piece}
}

// plain drops what does not belong in the name of a file.
func plain(r rune) rune {
	if r <= ' ' || r > '~' || strings.ContainsRune(`"\\/;`, r) {
		return '_'
	}
	return r
}

// patient gives each write its own time.
type patient struct {
	to      io.Writer
	control *http.ResponseController
	piece   time.Duration
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(p.piece)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.to.Write(b)
	if err == nil {
		err = p.control.Flush()
	}
	if errors.Is(err, http.ErrNotSupported) {
		err = nil
	}
	return n, err
}

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

// Lasting lets an answer take longer than the server's limits: each piece that is written to it has its
// own time, and the request, which was read long ago, none. Otherwise the server would take the end of
// its time to read for the end of the connection, and end the request's context.
func Lasting(w http.ResponseWriter) io.Writer {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // what has no deadlines, as in tests, needs none lifted
	return patient{w, control}
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
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(sendFor)); err != nil && !errors.Is(err, http.ErrNotSupported) {
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

package kit

import (
	"time"

	"github.com/sallyport/sallyport/internal/message"
)

// Speaker is how one request is spoken to: language, zone, and what time it is.
type Speaker struct {
	*message.Printer
	Now  time.Time
	Zone *time.Location
	// Local: the pages are opened on the machine of the server only.
	Local bool
}

// zoneName is what time.js compares with the browser's zone.
func (s Speaker) zoneName() string { return s.Zone.String() }

package notify

import (
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// Entry is what a notice says in the bell: the title of the mail of its kind, and its facts.
type Entry struct {
	Title string
	Facts []Fact
	Topic Topic
}

// EntryOf renders a notice in a language, with times in a zone. A kind that this version does not know
// has no title.
func EntryOf(p *message.Printer, zone *time.Location, n sallyport.Notice) Entry {
	row, ok := known[Kind(n.Kind)]
	if !ok {
		return Entry{}
	}
	var d Data
	if json.Unmarshal([]byte(n.Facts), &d) != nil {
		d = Data{} // the title alone tells what happened
	}
	w := writer{p: p, zone: zone, d: d}
	return Entry{Title: w.say(row.Words().Title), Facts: w.facts(row), Topic: row.Topic}
}

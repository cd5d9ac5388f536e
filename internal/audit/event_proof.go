package audit

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/sallyport/sallyport/internal/proof"
)

// EventProof is one event with all that proves it: a file that somebody keeps or sends.
type EventProof struct {
	Leaf     string `json:"leaf"`               // the text of the event, of which the tree is made
	Personal string `json:"personal,omitempty"` // the part that can be removed
	Proof    string `json:"proof"`              // in the form of C2SP tlog-proof, with the checkpoint
}

// NewEventProof returns the file of an event and its proof.
func NewEventProof(p Placed, r proof.Record) EventProof {
	return EventProof{p.Leaf, p.Personal, r.Text()}
}

// Text returns the file.
func (p EventProof) Text() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	return append(text, '\n'), err
}

// parseEventProof reads the file that Text returns, or the same JSON with other spaces, and no other
// members.
func parseEventProof(text []byte) (p EventProof, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || d.More() || p.Leaf == "" || p.Proof == "" {
		return p, errors.New("it is not the proof of an event: its leaf, its personal part and the proof, as JSON")
	}
	return p, nil
}

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// Line returns an event at its position in the tree as a line of JSON, as exports and followers of
// the log write it. The texts are those that are stored, byte for byte, so that their hashes can be
// compared. personal is left out where it is "": there is none, or it was removed.
func Line(position int64, body, personal string) []byte {
	const most = 64 // of everything but the texts
	b := make([]byte, 0, most+len(body)+len(personal))
	b = append(b, `{"position":`...)
	b = strconv.AppendInt(b, position, 10)
	b = append(b, `,"leaf":`...)
	b = append(b, body...)
	if personal != "" {
		b = append(b, `,"personal":`...)
		b = append(b, personal...)
	}
	return append(b, "}\n"...)
}

// parseLine reads what Line wrote, and accepts nothing that it does not write.
func parseLine(line []byte) (x exported, err error) {
	var l struct {
		Position int64           `json:"position"`
		Leaf     json.RawMessage `json:"leaf"`
		Personal json.RawMessage `json:"personal"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return x, errors.New("it is not a line of JSON")
	}
	x = exported{l.Position, string(l.Leaf), string(l.Personal)}
	if !bytes.Equal(Line(x.position, x.body, x.personal), line) {
		return x, errors.New("it is not written as an export writes it")
	}
	return x, nil
}

// exported is an event of an export.
type exported struct {
	position       int64
	body, personal string
}

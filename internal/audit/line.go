package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// Line returns an event as a line of JSON: its position, its leaf and its personal part, each byte for
// byte as it is stored. The personal part is left out where there is none.
func Line(position int64, body, personal string) []byte {
	b := append([]byte(`{"position":`), strconv.FormatInt(position, 10)...)
	b = append(append(b, `,"leaf":`...), body...)
	if personal != "" {
		b = append(append(b, `,"personal":`...), personal...)
	}
	return append(b, '}', '\n')
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

package audit

import "strconv"

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

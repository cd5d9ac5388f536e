package notify

import "slices"

// Of returns the row of a kind of mail, and whether there is one.
func Of(k Kind) (Row, bool) {
	r, ok := known[k]
	return r, ok
}

// Has reports whether mails of this kind speak of a part of Data.
func (r Row) Has(f Field) bool { return slices.Contains(r.Needs, f) || slices.Contains(r.May, f) }

// timeOnly reports whether a mail says of where something came from only when.
func (r Row) timeOnly(d Data) bool { return r.TimeOnly || d.ByAdmin }

// methodWords is the id of what a mail calls a way to pass a second factor.
func methodWords(method string) string { return "mail.method." + method }

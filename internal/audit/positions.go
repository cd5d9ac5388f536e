package audit

import "math/bits"

// positions is a set of positions in a log: a bit for each event.
type positions struct {
	words []uint64
	size  int64
}

func newPositions(size int64) positions { return positions{make([]uint64, (size+63)/64), size} }

// add adds a position; one outside the log is left out.
func (p positions) add(at int64) {
	if at >= 0 && at < p.size {
		p.words[at/64] |= 1 << (at % 64)
	}
}

// next returns the first position of the set from one on; the size of the log when there is none.
func (p positions) next(from int64) int64 {
	for from < p.size {
		if w := p.words[from/64] >> (from % 64); w != 0 {
			return from + int64(bits.TrailingZeros64(w))
		}
		from = (from/64 + 1) * 64
	}
	return p.size
}

// keep drops all positions but the first ones behind a position, so many at most. It returns how many
// it kept, and the last of them, -1 for none; more is whether others follow.
func (p positions) keep(after, limit int64) (kept, last int64, more bool) {
	last = -1
	for at := p.next(0); at < p.size; at = p.next(at + 1) {
		switch {
		case at <= after:
			p.words[at/64] &^= 1 << (at % 64)
		case kept == limit:
			more = true
			p.words[at/64] &^= 1 << (at % 64)
		default:
			kept, last = kept+1, at
		}
	}
	return kept, last, more
}

package proof

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Subtree is a complete subtree of a log's tree: that over the leaves from From to before To.
type Subtree struct {
	From, To int64
	Hash     tlog.Hash
}

// level is how many levels of nodes a subtree has over its leaves.
func (s Subtree) level() int { return bits.TrailingZeros64(uint64(s.To - s.From)) }

// complete reports whether these leaves have a node of their own in every tree that has them all.
func (s Subtree) complete() bool {
	n := s.To - s.From
	return s.From >= 0 && n > 0 && n&(n-1) == 0 && s.From%n == 0
}

// Place returns the index of its hash as package tlog counts them.
func (s Subtree) Place() int64 {
	return tlog.StoredHashIndex(s.level(), s.From>>s.level())
}

// Cover returns the fewest complete subtrees over the leaves from a position to before another, in
// their order, without their hashes.
func Cover(from, to int64) (out []Subtree) {
	for from < to {
		n := int64(1) << (bits.Len64(uint64(to-from)) - 1)
		if from > 0 {
			n = min(n, from&-from)
		}
		out = append(out, Subtree{From: from, To: from + n})
		from += n
	}
	return out
}

// Fold computes the root of a tree from complete subtrees that are given one after the other. It
// keeps no more than one hash for each level.
type Fold struct {
	size  int64
	peaks []Subtree // one for each 1 in the binary form of size, the largest first
}

// Size returns how many leaves there are up to here.
func (f *Fold) Size() int64 { return f.size }

// Add adds the next subtree. It has to begin where the one before ended.
func (f *Fold) Add(s Subtree) error {
	if s.From != f.size || !s.complete() {
		return fmt.Errorf("no subtree over %d to %d can follow the first %d events", s.From, s.To, f.size)
	}
	f.size = s.To
	for n := len(f.peaks); n > 0 && f.peaks[n-1].level() == s.level(); n-- {
		left := f.peaks[n-1]
		f.peaks = f.peaks[:n-1]
		s = Subtree{left.From, s.To, tlog.NodeHash(left.Hash, s.Hash)}
	}
	f.peaks = append(f.peaks, s)
	return nil
}

// AddLeaf adds the next event, by its text.
func (f *Fold) AddLeaf(text []byte) error {
	return f.Add(Subtree{f.size, f.size + 1, tlog.RecordHash(text)})
}

// Root returns the root of the tree up to here. Without any event there is none.
func (f *Fold) Root() (root tlog.Hash, err error) {
	if len(f.peaks) == 0 {
		return root, errors.New("a log without events has no root")
	}
	root = f.peaks[len(f.peaks)-1].Hash
	for i := len(f.peaks) - 2; i >= 0; i-- {
		root = tlog.NodeHash(f.peaks[i].Hash, root)
	}
	return root, nil
}

// Text returns a subtree as a line of a proof: where it begins, where the next one begins, its hash.
func (s Subtree) Text() string {
	return fmt.Sprintf("%d %d %s\n", s.From, s.To, s.Hash)
}

// ParseSubtree reads the line that Text writes, and no other.
func ParseSubtree(line string) (s Subtree, err error) {
	var hash string
	if _, err := fmt.Sscanf(line, "%d %d %s\n", &s.From, &s.To, &hash); err != nil {
		return s, errors.New("a line of the proof is not two numbers and a hash")
	}
	if s.Hash, err = tlog.ParseHash(hash); err != nil || s.Text() != line || !s.complete() {
		return s, errors.New("a line of the proof is not of a subtree")
	}
	return s, nil
}

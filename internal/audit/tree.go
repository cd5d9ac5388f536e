package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// peakHashes holds, by stored position, the hashes that adding to a tree needs: the roots of
// its complete subtrees, one for each 1 in the binary form of its size.
type peakHashes map[int64]tlog.Hash

func newPeakHashes(size int64, peaks []byte) peakHashes {
	t := peakHashes{}
	for i, p := range peakPositions(size) {
		if from := i * tlog.HashSize; from+tlog.HashSize <= len(peaks) {
			t[p] = tlog.Hash(peaks[from : from+tlog.HashSize])
		}
	}
	return t
}

// add adds a leaf to a tree of this size, and returns the hashes that become final by it: the
// leaf's own first, then those of the subtrees that it completes.
func (t peakHashes) add(size int64, leaf tlog.Hash) ([]tlog.Hash, error) {
	final, err := tlog.StoredHashesForRecordHash(size, leaf, t)
	if err != nil {
		return nil, err
	}
	first := tlog.StoredHashCount(size)
	for i, h := range final {
		t[first+int64(i)] = h
	}
	return final, nil
}

// keep drops what adding to a tree of this size does not need.
func (t peakHashes) keep(size int64) peakHashes {
	kept := peakHashes{}
	for _, p := range peakPositions(size) {
		kept[p] = t[p]
	}
	return kept
}

func (t peakHashes) peaks(size int64) []byte {
	var out []byte
	for _, p := range peakPositions(size) {
		h := t[p]
		out = append(out, h[:]...)
	}
	return out
}

// ReadHashes makes peakHashes a tlog.HashReader.
func (t peakHashes) ReadHashes(positions []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(positions))
	for i, p := range positions {
		h, ok := t[p]
		if !ok {
			return nil, fmt.Errorf("audit: the head lacks the tree hash at position %d", p)
		}
		out[i] = h
	}
	return out, nil
}

// storedLevels is how far the levels of a tree are apart whose inner hashes are stored. The others
// follow from at most 2^(storedLevels-1) of these, and of the leaves.
const storedLevels = 4

// isStored reports whether the hashes of a level are stored besides those of the leaves.
func isStored(level int) bool { return level > 0 && level%storedLevels == 0 }

// peakPositions returns the stored positions of the complete subtrees of a tree with this
// size, largest first.
func peakPositions(size int64) []int64 {
	var out []int64
	var start int64
	for level := 62; level >= 0; level-- {
		if size&(1<<level) != 0 {
			out = append(out, tlog.StoredHashIndex(level, start>>level))
			start += 1 << level
		}
	}
	return out
}

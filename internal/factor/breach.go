package factor

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // the lists are made of SHA-1 hashes; SHA-1 protects nothing here
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Breach is a list of breached passwords on this machine; no network is used. It reads the
// two forms that the Have I Been Pwned downloader writes: one file of "SHA1:COUNT" lines
// sorted by hash, or a folder of range files, named by the first five hex digits, with
// "REST:COUNT" lines.
type Breach struct {
	ranges string   // folder of range files, or ""
	file   *os.File // sorted file, or nil
	size   int64
}

// OpenBreach opens a list. The error says what is wrong with it.
func OpenBreach(path string) (*Breach, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("breach list: %w", err)
	}
	if info.IsDir() {
		if _, err := rangeFile(path, "00000"); err != nil {
			return nil, fmt.Errorf("breach list: the folder has no range file 00000 or 00000.txt: %w", err)
		}
		return &Breach{ranges: path}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("breach list: %w", err)
	}
	b := &Breach{file: f, size: info.Size()}
	if err := b.probe(); err != nil {
		f.Close()
		return nil, fmt.Errorf("breach list %s: %w", path, err)
	}
	return b, nil
}

// Close closes the list.
func (b *Breach) Close() error {
	if b == nil || b.file == nil {
		return nil
	}
	return b.file.Close()
}

// Has reports whether a password is on the list. It is false without a list.
func (b *Breach) Has(password string) (bool, error) {
	if b == nil {
		return false, nil
	}
	sum := sha1.Sum([]byte(NormalizePassword(password))) //nolint:gosec // see above
	digest := strings.ToUpper(hex.EncodeToString(sum[:]))
	if b.file != nil {
		return b.search(digest)
	}
	text, err := rangeFile(b.ranges, digest[:5])
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("breach list: %w", err)
	}
	for line := range bytes.Lines(text) {
		if rest, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":")); strings.EqualFold(string(rest), digest[5:]) {
			return true, nil
		}
	}
	return false, nil
}

func rangeFile(folder, prefix string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, prefix))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(folder, prefix+".txt"))
	}
	return text, err
}

// probe checks the first and the last line, because a file in another form would never
// find a password and give no error.
func (b *Breach) probe() error {
	first, _, err := b.lineAfter(0)
	if err != nil {
		return errors.New("it is empty")
	}
	for at := max(0, b.size-200); ; {
		line, next, err := b.lineAfter(at)
		if err != nil {
			break
		}
		if !isHash(line) {
			return errors.New("it is not a list of SHA-1 hashes")
		}
		if line < first {
			return errors.New("it is not sorted by hash")
		}
		at = next
	}
	if !isHash(first) {
		return errors.New("it is not a list of SHA-1 hashes")
	}
	return nil
}

// search finds a hash in the sorted file by binary search: about 40 short reads in the
// largest list.
func (b *Breach) search(digest string) (bool, error) {
	lo, hi := int64(0), b.size
	for lo < hi {
		mid := (lo + hi) / 2
		line, next, err := b.lineAfter(mid)
		switch {
		case errors.Is(err, io.EOF):
			hi = mid
		case err != nil:
			return false, fmt.Errorf("breach list: %w", err)
		case line == digest:
			return true, nil
		case line < digest:
			lo = next
		default:
			hi = mid
		}
	}
	return false, nil
}

// lineAfter returns the hash on the first line that starts at or after an offset, and where
// the next line starts.
func (b *Breach) lineAfter(at int64) (digest string, next int64, err error) {
	const longest = 128
	start := at
	if at > 0 {
		start = at - 1 // so that a line that starts exactly here is found
	}
	r := bufio.NewReaderSize(io.NewSectionReader(b.file, start, 2*longest), 2*longest)
	if at > 0 {
		skipped, err := r.ReadSlice('\n')
		if err != nil {
			return "", 0, io.EOF
		}
		start += int64(len(skipped))
	}
	line, err := r.ReadSlice('\n')
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return "", 0, err
	}
	text, _, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
	return strings.ToUpper(text), start + int64(len(line)), nil
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha1.Size
}

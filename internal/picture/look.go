package picture

import (
	"bytes"
	"encoding/binary"
)

// header is what is known of a file before it is decoded.
type header struct {
	format      *format
	w, h        int   // as stored, before it is turned upright
	memory      int64 // bytes that decoding takes at most for pixels
	orientation int   // 1 to 8, as in EXIF
	end         int   // where the picture ends in the file
}

// format is a kind of file that is accepted.
type format struct {
	begins func(data []byte) bool
	walk   func(data []byte) (header, refusal)
	decode decoder
}

// strangers are kinds of files with an answer of their own, by what stands at a place near
// their beginning.
var strangers = []struct {
	at    int
	bytes string
	what  refusal
}{
	{4, "ftyphei", isHEIC}, {4, "ftyphev", isHEIC}, {4, "ftypmif1", isHEIC}, {4, "ftypmsf1", isHEIC}, {4, "ftypavi", isHEIC},
}

// look walks through a file and says whether it may be decoded.
func look(data []byte) (header, refusal) {
	switch {
	case len(data) == 0:
		return header{}, missing
	case len(data) > MaxBytes:
		return header{}, tooLarge
	}
	for i := range formats {
		if f := &formats[i]; f.begins(data) {
			h, refused := f.walk(data)
			if refused == nil {
				refused = h.check(data)
			}
			h.format = f
			return h, refused
		}
	}
	return header{}, unknown(data)
}

// unknown says what a file is that is no picture of an accepted format.
func unknown(data []byte) refusal {
	for _, s := range strangers {
		if len(data) >= s.at+len(s.bytes) && string(data[s.at:s.at+len(s.bytes)]) == s.bytes {
			return s.what
		}
	}
	start := bytes.ToLower(data[:min(len(data), 4096)])
	if bytes.Contains(start, []byte("<svg")) && !bytes.Contains(start, []byte("<html")) {
		return isSVG
	}
	return notSupported
}

func (h *header) check(data []byte) refusal {
	switch {
	case h.w <= 0 || h.h <= 0:
		return broken
	case h.w > maxSide || h.h > maxSide || h.w*h.h > maxPixels || h.memory > maxMemory:
		return tooManyDots
	case hides(data, h.end):
		return disguised
	}
	if h.orientation < 1 || h.orientation > 8 {
		h.orientation = 1
	}
	return nil
}

// beginnings and texts tell other kinds of files. Phones write previews, films and depth behind
// a picture; those are dropped and no reason to refuse it.
var (
	beginnings = []string{"PK\x03\x04", "%PDF-", "Rar!", "7z\xbc\xaf", "\x7fELF", "MZ", "#!", "\x1f\x8b", "BZh", "\xfd7zXZ"}
	texts      = []string{"<html", "<!doctype", "<script", "<?php", "<svg", "<iframe", "<body", "javascript:"}
)

// hides says whether a file is another kind of file too: what follows the picture is one, or
// programs that look for it elsewhere (PDF near the beginning, ZIP from the end) would find it.
func hides(data []byte, end int) bool {
	tail := bytes.TrimLeft(data[end:], " \t\r\n\x00")
	for _, b := range beginnings {
		if bytes.HasPrefix(tail, []byte(b)) {
			return true
		}
	}
	tail = bytes.ToLower(tail)
	for _, t := range texts {
		if bytes.Contains(tail, []byte(t)) {
			return true
		}
	}
	return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) || isArchive(data)
}

// isArchive looks for the end of a ZIP archive, which has its mark, and the number 0 twice, near
// the end of a file.
func isArchive(data []byte) bool {
	const reach = 22 + 1<<16 // the end and its longest comment
	return bytes.Contains(data[max(0, len(data)-reach):], []byte("PK\x05\x06\x00\x00\x00\x00"))
}

// numbers reads the numbers of a file. Behind its end it reads zeros.
type numbers struct {
	data  []byte
	order binary.ByteOrder
}

func (n numbers) at(pos, size int) []byte {
	if pos < 0 || pos > len(n.data)-size {
		return make([]byte, size)
	}
	return n.data[pos : pos+size]
}

func (n numbers) u8(pos int) int  { return int(n.at(pos, 1)[0]) }
func (n numbers) u16(pos int) int { return int(n.order.Uint16(n.at(pos, 2))) }
func (n numbers) u32(pos int) int { return int(n.order.Uint32(n.at(pos, 4))) }

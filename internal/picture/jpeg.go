package picture

import (
	"bytes"
	"encoding/binary"
)

// Markers of JPEG that are told apart.
const (
	markRestart0 = 0xd0
	markRestart7 = 0xd7
	markEnd      = 0xd9
	markScan     = 0xda
	markExif     = 0xe1
	markAdobe    = 0xee
	progressive  = 0xc2
)

// maxScans is how many times a progressive picture may be gone over. Encoders make about ten;
// each costs time for the whole picture, however short it is in the file.
const maxScans = 64

// walkJPEG goes through the segments up to the end of the picture.
func walkJPEG(data []byte) (facts, string) {
	w := jpegWalk{rest: data[2:]}
	for {
		mark, body, ok := w.segment()
		switch {
		case !ok:
			return w.found, "picture_broken"
		case mark == markEnd:
			if w.found.width == 0 {
				return w.found, "picture_broken"
			}
			if w.raw {
				w.found.memory += 4 * w.found.pixels() // they are put together once more
			}
			if code := w.found.fault(); code != "" {
				return w.found, code
			}
			if code := behind(w.rest); code != "" && !harmless(w.rest) {
				return w.found, code
			}
			return w.found, ""
		}
		if code := w.take(mark, body); code != "" {
			return w.found, code
		}
	}
}

type jpegWalk struct {
	rest  []byte
	found facts
	turn  turn
	scans int
	raw   bool // its samples are colours as they are, or inks
}

// segment returns the next marker and what belongs to it, and leaves the rest. Between a scan
// and the next marker is the coded picture, in which 0xff is followed by 0 or is a restart.
func (w *jpegWalk) segment() (mark byte, body []byte, ok bool) {
	for {
		at := bytes.IndexByte(w.rest, 0xff)
		if at < 0 || at+1 >= len(w.rest) {
			return 0, nil, false
		}
		mark, w.rest = w.rest[at+1], w.rest[at+1:]
		if mark == 0 || mark == 0xff || mark >= markRestart0 && mark <= markRestart7 {
			continue
		}
		break
	}
	w.rest = w.rest[1:]
	if mark == markEnd {
		return mark, nil, true
	}
	if len(w.rest) < 2 {
		return 0, nil, false
	}
	n := int(binary.BigEndian.Uint16(w.rest))
	if n < 2 || n > len(w.rest) {
		return 0, nil, false
	}
	body, w.rest = w.rest[2:n], w.rest[n:]
	return mark, body, true
}

func (w *jpegWalk) take(mark byte, body []byte) string {
	switch {
	case mark >= 0xc0 && mark <= progressive: // the frames that the decoder knows
		if w.found.width != 0 {
			return "picture_broken"
		}
		w.found = frameOfJPEG(body, mark == progressive)
		w.found.turn = w.turn
		w.raw = w.raw || len(body) > 5 && body[5] == 4 || isRGB(body)
		return w.found.fault()
	case mark == markScan:
		if w.scans++; w.scans > maxScans {
			return "picture_broken"
		}
	case mark == markExif && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		w.turn = orientation(body[6:])
		w.found.turn = w.turn
	case mark == markAdobe && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		w.raw = w.raw || body[11] == 0
	}
	return ""
}

// frameOfJPEG reads the size and what the decoder will take: a byte for each sample, and four
// more for its coefficient when the picture is progressive.
func frameOfJPEG(b []byte, progressive bool) facts {
	const head = 6
	if len(b) < head || len(b) != head+3*int(b[5]) {
		return facts{}
	}
	f := sized(uint32(binary.BigEndian.Uint16(b[3:])), uint32(binary.BigEndian.Uint16(b[1:])))
	components := int(b[5])
	samples, wide, high := int64(0), int64(1), int64(1)
	for i := range components {
		h, v := int64(b[head+3*i+1]>>4), int64(b[head+3*i+1]&15)
		if components == 1 {
			h, v = 1, 1 // whatever it says
		}
		samples += h * v
		wide, high = max(wide, h), max(high, v)
	}
	units := (int64(f.width)/(8*wide) + 1) * (int64(f.height)/(8*high) + 1)
	f.memory = units * samples * 64
	if progressive {
		f.memory *= 5
	}
	return f
}

// isRGB reports whether the parts of a frame are named R, G and B.
func isRGB(frame []byte) bool {
	return len(frame) == 15 && frame[6] == 'R' && frame[9] == 'G' && frame[12] == 'B'
}

// harmless reports whether what follows a picture is what phones put there: more pictures
// (MPF, gain maps), a short video, data of the camera. It is dropped like all else.
func harmless(rest []byte) bool {
	rest = bytes.TrimLeft(rest, "\x00")
	switch {
	case bytes.HasPrefix(rest, []byte("\xff\xd8\xff")):
		return true
	case bytes.HasSuffix(rest, []byte("SEFT")): // of Samsung
		return true
	}
	return isVideo(rest)
}

// isVideo reports whether data begins as an MP4 file: its length of four bytes, whose zeros may
// have been trimmed, and "ftyp".
func isVideo(data []byte) bool {
	at := bytes.Index(data[:min(len(data), 8)], []byte("ftyp"))
	return at > 0 && at <= 4
}

package picture

import (
	"encoding/binary"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// losslessTables is what the tables of a lossless picture take at most: 2600 groups of codes,
// of which a file of a few hundred kilobytes can have all.
const losslessTables = 150 << 20

// walkWebP goes through the chunks of the file.
func walkWebP(data []byte) (facts, string) {
	size := uint64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size > uint64(len(data)) || size < 12 {
		return facts{}, "picture_broken"
	}
	w := webpWalk{rest: data[12:size]}
	for len(w.rest) > 0 {
		kind, body, ok := w.chunk()
		if !ok {
			return w.found, "picture_broken"
		}
		if code := w.take(kind, body); code != "" {
			return w.found, code
		}
	}
	w.found.turn = w.turn
	if !w.seen {
		return w.found, "picture_broken"
	}
	return w.found, behind(data[size:])
}

type webpWalk struct {
	rest  []byte
	found facts // of the canvas first, then of the image in it
	turn  turn
	alpha bool
	seen  bool // the image
}

func (w *webpWalk) chunk() (kind string, body []byte, ok bool) {
	if len(w.rest) < 8 {
		return "", nil, false
	}
	kind, n := string(w.rest[:4]), uint64(binary.LittleEndian.Uint32(w.rest[4:]))
	if n > uint64(len(w.rest)-8) {
		return "", nil, false
	}
	body = w.rest[8 : 8+n]
	w.rest = w.rest[min(uint64(len(w.rest)), 8+n+n&1):] // of an odd length, with a byte behind it
	return kind, body, true
}

func (w *webpWalk) take(kind string, b []byte) string {
	switch kind {
	case "ANIM", "ANMF":
		return "picture_animated"
	case "EXIF":
		w.turn = orientation(trimExif(b))
		return ""
	case "ALPH":
		w.alpha = true
		return ""
	case "VP8X", "VP8 ", "VP8L":
	default:
		return ""
	}
	f := webpHeaders[kind](b)
	if kind == "VP8X" && len(b) > 0 && b[0]&2 != 0 {
		return "picture_animated"
	}
	if w.found.width != 0 && (f.width != w.found.width || f.height != w.found.height) {
		return "picture_broken" // a small canvas around a huge image
	}
	if w.seen && kind != "VP8X" {
		return "picture_broken"
	}
	if w.alpha && kind == "VP8 " {
		f.memory += losslessTables + 7*f.pixels()
	}
	w.found, w.seen = f, w.seen || kind != "VP8X"
	return f.fault()
}

// webpHeaders read the size of an image and what its decoder takes.
var webpHeaders = map[string]func([]byte) facts{
	"VP8X": func(b []byte) facts {
		if len(b) != 10 {
			return facts{}
		}
		return sized(uint24(b[4:])+1, uint24(b[7:])+1)
	},
	"VP8 ": func(b []byte) facts {
		if len(b) < 10 {
			return facts{}
		}
		f := sized(uint32(binary.LittleEndian.Uint16(b[6:])&0x3fff), uint32(binary.LittleEndian.Uint16(b[8:])&0x3fff))
		f.memory = 2 * f.pixels()
		return f
	},
	"VP8L": func(b []byte) facts {
		if len(b) < 5 {
			return facts{}
		}
		bits := binary.LittleEndian.Uint32(b[1:])
		f := sized(bits&0x3fff+1, bits>>14&0x3fff+1)
		f.memory = losslessTables + 9*f.pixels()
		return f
	},
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// trimExif drops the beginning that belongs to JPEG and that some programs write here too.
func trimExif(b []byte) []byte {
	if len(b) > 6 && string(b[:6]) == "Exif\x00\x00" {
		return b[6:]
	}
	return b
}

package picture

import (
	"encoding/binary"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// walkPNG goes through the chunks. Their checksums are compared by the decoder.
func walkPNG(data []byte) (facts, string) {
	var f facts
	rest := data[len(pngMagic):]
	for {
		if len(rest) < 12 {
			return f, "picture_broken"
		}
		length, kind := uint64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > uint64(len(rest)-12) {
			return f, "picture_broken"
		}
		body := rest[8 : 8+length]
		rest = rest[12+length:]
		switch {
		case kind == "IHDR" && f.width == 0:
			f = headerOfPNG(body)
			if code := f.fault(); code != "" {
				return f, code
			}
		case f.width == 0:
			return f, "picture_broken"
		case kind == "acTL":
			return f, "picture_animated"
		case kind == "eXIf":
			f.turn = orientation(body)
		case kind == "IEND":
			return f, behind(rest)
		}
	}
}

// headerOfPNG reads an IHDR. An interlaced picture is decoded in passes, of which all are in
// memory besides the whole.
func headerOfPNG(b []byte) facts {
	const depthAt, colorAt, interlaceAt, size, palette = 8, 9, 12, 13, 3
	if len(b) != size {
		return facts{}
	}
	f := sized(binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]))
	each := int64(4)
	switch {
	case b[depthAt] == 16:
		each = 8
	case b[colorAt] == palette:
		each = 1
	}
	if b[interlaceAt] != 0 {
		each *= 2
	}
	f.memory = each * f.pixels()
	return f
}

// sized returns the facts of a picture of that size. One that no limit allows stays one,
// and does not become negative or overflow.
func sized(width, height uint32) facts {
	const most = 1 << 30
	return facts{width: int(min(width, most)), height: int(min(height, most))}
}

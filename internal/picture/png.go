package picture

import (
	"bytes"
	"encoding/binary"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// walkPNG goes from chunk to chunk. Nothing that is compressed is opened.
func walkPNG(data []byte) (header, refusal) {
	n := numbers{data, binary.BigEndian}
	if string(n.at(12, 4)) != "IHDR" || n.u32(8) != 13 {
		return header{}, broken
	}
	h := header{w: n.u32(16), h: n.u32(20)}
	h.memory = pngMemory(int64(h.w)*int64(h.h), n)
	for at := len(pngMagic); at <= len(data)-12; {
		size := n.u32(at)
		if size > len(data)-at-12 {
			return header{}, broken
		}
		switch string(n.at(at+4, 4)) {
		case "acTL":
			return header{}, animated
		case "eXIf":
			h.orientation = orientation(data[at+8 : at+8+size])
		case "IEND":
			h.end = at + 12 + size
			return h, nil
		}
		at += 12 + size
	}
	return header{}, broken
}

// pngMemory is what the pixels take: eight bytes with 16 bits, one with a palette, four
// otherwise, and half as much again where they come interlaced.
func pngMemory(pixels int64, n numbers) int64 {
	const palette = 3
	bytes := int64(4)
	switch depth, kind := n.u8(24), n.u8(25); {
	case depth > 8:
		bytes = 8
	case kind == palette:
		bytes = 1
	}
	if interlaced := n.u8(28) != 0; interlaced {
		return pixels * bytes * 3 / 2
	}
	return pixels * bytes
}

func begins(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

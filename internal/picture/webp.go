package picture

import (
	"encoding/binary"
	"strings"
)

// What a pixel takes while it is decoded: bytes in quarters.
const (
	lossy    = 7      // three planes, two of them of a quarter
	lossless = 4 * 9  // the pixels twice, and tables for tiles of them
	alpha    = 4 * 10 // the same, and a plane of its own
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// walkWebP goes from chunk to chunk. The sizes of all of them count: a hostile file has a small
// one first.
func walkWebP(data []byte) (header, refusal) {
	n := numbers{data, binary.LittleEndian}
	h := header{end: 8 + n.u32(4)}
	if h.end > len(data) {
		return header{}, broken
	}
	var quarters int64
	for at := 12; at <= h.end-8; {
		id, size := string(n.at(at, 4)), n.u32(at+4)
		if size > h.end-at-8 {
			return header{}, broken
		}
		if strings.HasPrefix(id, "ANI") || strings.HasPrefix(id, "ANM") {
			return header{}, animated
		}
		quarters += h.chunk(id, numbers{data[at+8 : at+8+size], n.order})
		at += 8 + size + size%2
	}
	h.memory = quarters * int64(h.w) * int64(h.h) / 4
	return h, nil
}

// chunk reads one that says how large the picture is, or how it turns, and what a pixel of it
// takes.
func (h *header) chunk(id string, n numbers) (quarters int64) {
	switch id {
	case "VP8X":
		h.grow(1+n.u16(4)|n.u8(6)<<16, 1+n.u16(7)|n.u8(9)<<16)
	case "VP8 ":
		h.grow(n.u16(6)&0x3fff, n.u16(8)&0x3fff)
		return lossy
	case "VP8L":
		bits := n.u32(1)
		h.grow(1+bits&0x3fff, 1+bits>>14&0x3fff)
		return lossless
	case "ALPH":
		return alpha
	case "EXIF":
		h.orientation = orientation(n.data)
	}
	return 0
}

func (h *header) grow(w, h2 int) { h.w, h.h = max(h.w, w), max(h.h, h2) }

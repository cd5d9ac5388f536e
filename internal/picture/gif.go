package picture

import "encoding/binary"

// walkGIF goes from block to block. A second picture makes it move.
func walkGIF(data []byte) (header, refusal) {
	const first, extension, frame, trailer = 13, 0x21, 0x2c, 0x3b
	n := numbers{data, binary.LittleEndian}
	h := header{w: n.u16(6), h: n.u16(8)}
	h.memory = int64(h.w) * int64(h.h)
	at, frames := first+colours(n.u8(10)), 0
	for at < len(data) {
		switch data[at] {
		case extension:
			at = skip(data, at+2)
		case frame:
			if frames++; frames > 1 {
				return header{}, animated
			}
			at = skip(data, at+10+colours(n.u8(at+9))+1)
		case trailer:
			h.end = at + 1
			return h, nil
		default:
			return header{}, broken
		}
	}
	return header{}, broken
}

// colours is how many bytes a table of colours has, by the flags that announce it.
func colours(flags int) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skip goes behind blocks of data, of which an empty one is the last.
func skip(data []byte, at int) int {
	for at < len(data) && data[at] != 0 {
		at += 1 + int(data[at])
	}
	return at + 1
}

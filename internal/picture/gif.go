package picture

import "encoding/binary"

// walkGIF goes through the blocks. A picture is still when it has one image.
func walkGIF(data []byte) (facts, string) {
	const head, flagsAt = 13, 10
	if len(data) < head {
		return facts{}, "picture_broken"
	}
	f := sized(uint32(binary.LittleEndian.Uint16(data[6:])), uint32(binary.LittleEndian.Uint16(data[8:])))
	f.memory = 2 * f.pixels() // once more when it is interlaced
	if code := f.fault(); code != "" {
		return f, code
	}
	w := gifWalk{rest: data[head:]}
	w.skip(colors(data[flagsAt]))
	for images := 0; ; {
		switch w.next() {
		case ';':
			if images != 1 {
				return f, "picture_broken"
			}
			return f, behind(w.rest)
		case '!': // an extension: its kind, and blocks
			w.skip(1)
			w.blocks()
		case ',': // an image: where it is, its colours, the size of its codes, and blocks
			if images++; images > 1 {
				return f, "picture_animated"
			}
			w.skip(8)
			w.skip(colors(w.next()))
			w.skip(1)
			w.blocks()
		default:
			return f, "picture_broken"
		}
	}
}

// colors returns the bytes of the table of colours that flags announce.
func colors(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifWalk reads a file. Behind its end it reads zeros, which are no block of a picture.
type gifWalk struct{ rest []byte }

func (w *gifWalk) skip(n int) { w.rest = w.rest[min(n, len(w.rest)):] }

func (w *gifWalk) next() byte {
	if len(w.rest) == 0 {
		return 0
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b
}

// blocks skips blocks of data up to the empty one.
func (w *gifWalk) blocks() {
	for n := w.next(); n != 0; n = w.next() {
		w.skip(int(n))
	}
}

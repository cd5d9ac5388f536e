package picture

import (
	"bytes"
	"encoding/binary"
)

// orientation reads how a picture has to be turned from EXIF data: 1 to 8, and 0 when they do not
// say. One tag of the first directory is read, and nothing is followed, so no circle of
// directories leads anywhere.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	n := numbers{data: exif, order: binary.LittleEndian}
	switch {
	case bytes.HasPrefix(exif, []byte("MM\x00*")):
		n.order = binary.BigEndian
	case !bytes.HasPrefix(exif, []byte("II*\x00")):
		return 0
	}
	const tag, short, entry = 0x0112, 3, 12
	first := n.u32(4)
	for i := range min(n.u16(first), len(exif)/entry) {
		at := first + 2 + i*entry
		if n.u16(at) == tag && n.u16(at+2) == short {
			return n.u16(at + 8)
		}
	}
	return 0
}

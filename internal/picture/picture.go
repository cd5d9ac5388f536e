// Package picture makes avatars and logos of the files that people send.
//
// Nothing that came is ever passed on. A file is walked through first, without decoding, by
// the rules of its format: how large the picture is, what decoding it would take of memory,
// whether it moves, where it ends, and whether something else follows. Only then it is decoded,
// one file at a time, and what is stored is drawn anew from its pixels. So metadata, colour
// profiles and whatever else a file can hide are gone.
package picture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/sallyport/sallyport"
)

// MaxBytes is how large a file may be.
const MaxBytes = 8 << 20

const (
	maxPixels = 50_000_000 // a phone's largest photo has 48 million
	maxSide   = 10_000
	// maxMemory is what decoding a file may take for pixels. With what a hostile WebP can take
	// for its code tables (140 MB) and what the drawing needs, a process stays below 300 MB.
	maxMemory = 96 << 20
)

// Shape is what a picture is made into.
type Shape struct {
	square        bool
	width, height int   // of the largest rendition
	parts         []int // the others, as parts of the largest, in 512ths
}

// The shapes. An avatar is cut to a square; a logo keeps its proportions.
var (
	Avatar = Shape{square: true, width: 512, height: 512, parts: []int{192, 96, 48}}
	Logo   = Shape{width: 480, height: 120, parts: []int{256}}
)

// Crop is the square of a picture, as it is seen upright, that becomes an avatar. The zero
// value is the largest one in the middle.
type Crop struct {
	X, Y, Size int
}

// Picture is what became of a file. Its hash is that of the body of the largest rendition.
type Picture struct {
	Hash       string
	Renditions []Rendition // the largest first
}

// Rendition is a picture in one size.
type Rendition struct {
	Size int    // of the longer side, in pixels
	Type string // image/png or image/jpeg
	Body []byte
}

// Make makes a picture of a file. It refuses with the field "picture" and a rule that says what
// is wrong with it. It waits for its turn, as long as ctx allows.
func Make(ctx context.Context, data []byte, s Shape, c Crop) (Picture, error) {
	h, refused := look(data)
	if refused != nil {
		return Picture{}, sallyport.Invalid(*refused)
	}
	done, err := turn(ctx)
	if err != nil {
		return Picture{}, err
	}
	defer done(h.memory)
	img, refused := decode(data, h)
	if refused != nil {
		return Picture{}, sallyport.Invalid(*refused)
	}
	return render(seen{img: img, header: h}, s, c)
}

// name is the hash under which a picture is stored: 128 bits, so that nobody makes a second
// picture with the same one.
func name(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// refusal is the rule that a file breaks; nil for none.
type refusal = *sallyport.FieldError

var (
	missing      = rule("required")
	tooLarge     = rule("picture_too_large")
	tooManyDots  = rule("picture_too_many_pixels")
	notSupported = rule("picture_not_supported")
	isSVG        = rule("picture_is_svg")
	isHEIC       = rule("picture_is_heic")
	broken       = rule("picture_broken")
	animated     = rule("picture_animated")
	disguised    = rule("picture_disguised")
)

// rule is a refusal with the numbers that its text names.
func rule(code string) refusal {
	return &sallyport.FieldError{Field: "picture", Code: code, Args: map[string]string{"max": strconv.Itoa(MaxBytes >> 20)}}
}

// Package picture makes avatars and logos of the image files that people send. A file is
// never kept or served: its pixels are read, cut, scaled and written anew, so that neither
// metadata nor anything that hides in a file gets any further.
//
// The formats are PNG, JPEG, GIF and WebP, and only still pictures. Before a pixel is decoded
// the structure of the file is walked, which finds its dimensions, what the decoder will take
// of memory, whether it moves, where it ends and how the camera was held.
package picture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"runtime/debug"
	"strconv"

	"github.com/sallyport/sallyport"
)

// Limits of a file. A photo of a phone has 12 megapixels, a large one 24.
const (
	MaxBytes  = 8 << 20
	maxPixels = 40_000_000
	maxSide   = 10_000
	maxMemory = 210 << 20 // what a decoder may take
	collect   = 16 << 20  // of memory, from which on it is given back at once
)

// Crop is the square of a picture that becomes an avatar, in pixels of the picture as people
// see it, turned upright. The zero value is the largest one in the middle.
type Crop struct{ X, Y, Size int }

// Picture is what a file was made into. Hash is that of the largest rendition: the same
// pixels have the same one.
type Picture struct {
	Hash       string
	Renditions []Rendition // the largest first
}

// Rendition is a picture in one size, which is that of its longer side in pixels.
type Rendition struct {
	Size int
	Type string // image/png or image/jpeg
	Body []byte
}

// gate lets one file be decoded at a time, so that memory has a bound.
var gate = make(chan struct{}, 1)

// Make returns what shape makes of a file. It refuses with CodeInvalid for the field
// "picture": required, picture_too_large, picture_not_supported, picture_broken,
// picture_animated, picture_disguised or picture_too_many_pixels.
func Make(ctx context.Context, data []byte, shape Shape, crop Crop) (Picture, error) {
	switch {
	case len(data) == 0:
		return Picture{}, refuse("required", "")
	case len(data) > MaxBytes:
		return Picture{}, TooLarge()
	}
	as, found, err := inspect(data)
	if err != nil {
		return Picture{}, err
	}
	select {
	case gate <- struct{}{}:
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
	defer func() {
		if found.memory > collect {
			debug.FreeOSMemory() // the next file shall not come on top of this one
		}
		<-gate
	}()
	return produce(as, data, found, shape.of(crop))
}

// produce decodes and renders. A decoder that panics has met a broken file.
func produce(as format, data []byte, found facts, render renderer) (p Picture, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p, err = Picture{}, refuse("picture_broken", fmt.Sprint(cause))
		}
	}()
	img, err := as.decode(data)
	if err != nil {
		return Picture{}, refuse("picture_broken", err.Error())
	}
	renditions, err := render(source{img, image.Rect(0, 0, found.width, found.height), found.turn})
	if err != nil {
		return Picture{}, err
	}
	sum := sha256.Sum256(renditions[0].Body)
	return Picture{hex.EncodeToString(sum[:16]), renditions}, nil
}

// inspect finds the format and the facts of a file, and refuses what must not be decoded.
func inspect(data []byte) (format, facts, error) {
	as, ok := sniff(data)
	if !ok {
		return as, facts{}, refuse("picture_not_supported", "")
	}
	found, code := as.walk(data)
	if code == "" {
		code = found.fault()
	}
	switch code {
	case "":
	case "picture_too_many_pixels":
		return as, found, tooManyPixels()
	default:
		return as, found, refuse(code, "")
	}
	config, err := as.config(data)
	if err != nil {
		return as, found, refuse("picture_broken", err.Error())
	}
	if config.Width != found.width || config.Height != found.height {
		return as, found, refuse("picture_broken", "two sizes")
	}
	return as, found, nil
}

// TooLarge returns what a file that is longer than [MaxBytes] is refused with.
func TooLarge() error {
	return sallyport.Invalid(sallyport.FieldError{Field: "picture", Code: "picture_too_large", Args: map[string]string{"max": strconv.Itoa(MaxBytes >> 20)}})
}

func tooManyPixels() error {
	return sallyport.Invalid(sallyport.FieldError{Field: "picture", Code: "picture_too_many_pixels", Args: map[string]string{"max": strconv.Itoa(maxPixels / 1e6)}})
}

// refuse returns an error with a code. detail is for operators: the words of a decoder.
func refuse(code, detail string) error {
	err := sallyport.Invalid(sallyport.FieldError{Field: "picture", Code: code})
	err.Detail = detail
	return err
}

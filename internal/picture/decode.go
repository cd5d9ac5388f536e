package picture

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/webp"
)

// decoder are the two functions of a package that decodes a format.
type decoder struct {
	config func(io.Reader) (image.Config, error)
	image  func(io.Reader) (image.Image, error)
}

// formats is THE table of what is accepted.
var formats = []format{
	{begins(pngMagic), walkPNG, decoder{png.DecodeConfig, png.Decode}},
	{begins("\xff\xd8\xff"), walkJPEG, decoder{jpeg.DecodeConfig, jpeg.Decode}},
	{begins("GIF87a"), walkGIF, decoder{gif.DecodeConfig, gif.Decode}},
	{begins("GIF89a"), walkGIF, decoder{gif.DecodeConfig, gif.Decode}},
	{isWebP, walkWebP, decoder{webp.DecodeConfig, webp.Decode}},
}

// patience is how long a file may be decoded. The largest good ones take two seconds.
const patience = 15 * time.Second

// decode decodes a file. A decoder that panics, as they have done before, is a broken file.
func decode(data []byte, h header) (img image.Image, refused refusal) {
	defer func() {
		if recover() != nil {
			img, refused = nil, broken
		}
	}()
	c, err := h.format.decode.config(bytes.NewReader(data))
	if err != nil {
		return nil, why(err)
	}
	if c.Width != h.w || c.Height != h.h {
		return nil, broken // whoever reads it otherwise would see another picture
	}
	img, err = h.format.decode.image(&hurried{bytes.NewReader(data), time.Now().Add(patience)})
	if err != nil {
		return nil, why(err)
	}
	return img, nil
}

// why tells what a decoder does not know from what is broken.
func why(err error) refusal {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	if errors.As(err, &j) || errors.As(err, &p) {
		return notSupported
	}
	return broken
}

// hurried is a reader that ends at a time, since decoders know no context.
type hurried struct {
	data  io.Reader
	until time.Time
}

func (h *hurried) Read(p []byte) (int, error) {
	if time.Now().After(h.until) {
		return 0, errors.New("picture: decoding takes too long")
	}
	return h.data.Read(p)
}

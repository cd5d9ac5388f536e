package picture

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// facts are what the structure of a file says before anything is decoded.
type facts struct {
	width, height int
	memory        int64 // bytes that the decoder takes at most
	turn          turn
}

// fault returns the code of what is wrong with the facts.
func (f facts) fault() string {
	switch {
	case f.width <= 0 || f.height <= 0:
		return "picture_broken"
	case f.width > maxSide || f.height > maxSide || f.pixels() > maxPixels || f.memory > maxMemory:
		return "picture_too_many_pixels"
	}
	return ""
}

func (f facts) pixels() int64 { return int64(f.width) * int64(f.height) }

// format is a kind of file. walk returns the code of what is wrong with its structure.
type format struct {
	begins func(data []byte) bool
	walk   func(data []byte) (facts, string)
	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
}

// formats is THE table of the kinds of files that are taken. What a browser or a name says of
// a file decides nothing.
var formats = []format{
	{begins(pngMagic), walkPNG, reading(png.DecodeConfig), reading(png.Decode)},
	{begins("\xff\xd8\xff"), walkJPEG, reading(jpeg.DecodeConfig), reading(jpeg.Decode)},
	{begins("GIF87a"), walkGIF, reading(gif.DecodeConfig), reading(gif.Decode)},
	{begins("GIF89a"), walkGIF, reading(gif.DecodeConfig), reading(gif.Decode)},
	{isWebP, walkWebP, reading(webp.DecodeConfig), reading(webp.Decode)},
}

func sniff(data []byte) (format, bool) {
	for _, f := range formats {
		if f.begins(data) {
			return f, true
		}
	}
	return format{}, false
}

func begins(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

func reading[T any](decode func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) { return decode(bytes.NewReader(data)) }
}

// slack is how many bytes may follow a picture, whatever they are: some programs add a line
// break or fill a block. No archive or page is as short.
const slack = 16

// behind returns the code of what is wrong when something other than the picture follows it.
// Zeros do not count.
func behind(rest []byte) string {
	if len(bytes.Trim(rest, "\x00 \t\r\n")) > slack {
		return "picture_disguised"
	}
	return ""
}

package factor

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr"
)

const (
	qrQuiet  = 4   // white modules around the code, ISO/IEC 18004 section 6.3.8; the PNG of rsc.io/qr has 4 too
	qrPixels = 240 // the least width of a picture in pixels
)

// QRPNG returns a QR code of a text as a data: URL of a PNG, for clients that show no SVG:
// black on white, level M. It is at least 240 pixels wide, so that each module has whole
// pixels; for an ordinary otpauth URI less than 300. It fails for an empty text and above
// about 2,300 bytes. The error does not repeat the text, which holds a secret.
func QRPNG(text string) (string, error) {
	code, err := encodeQR(text)
	if err != nil {
		return "", err
	}
	modules := code.Size + 2*qrQuiet
	code.Scale = max(2, (qrPixels+modules-1)/modules)
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}

// QRSVG returns a QR code of a text as an svg element for a page. It is like QRPNG, but
// sharp at any size, and works under a strict Content Security Policy. It includes the white
// background, because cameras cannot read the code on a dark page. The page must name it
// for screen readers.
func QRSVG(text string) (string, error) {
	code, err := encodeQR(text)
	if err != nil {
		return "", err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; {
			run := 0
			for code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+qrQuiet, y+qrQuiet, run, run)
			}
			x += run + 1 // the module that ended the run is white
		}
	}
	modules := code.Size + 2*qrQuiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		qrPixels, qrPixels, modules, modules, modules, modules, path.String()), nil
}

func encodeQR(text string) (*qr.Code, error) {
	if text == "" {
		return nil, errors.New("no text for a QR code")
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("QR code of %d bytes: %w", len(text), err)
	}
	return code, nil
}

package tenant

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // what pictures are made into
	_ "image/png"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
)

// drawLogo makes a picture of a file, and says what is wrong with it. Its size is measured here, so that pages
// need not look at it.
func drawLogo(ctx context.Context, field string, file []byte) (Logo, *sallyport.FieldError, error) {
	made, err := picture.Make(ctx, file, picture.Logo, picture.Crop{})
	var refused *sallyport.Error
	if errors.As(err, &refused) && len(refused.Fields) > 0 {
		wrong := refused.Fields[0]
		wrong.Field = field
		return Logo{}, &wrong, nil
	}
	if err != nil {
		return Logo{}, nil, err
	}
	largest := made.Renditions[0]
	img, _, err := image.Decode(bytes.NewReader(largest.Body))
	if err != nil {
		return Logo{}, nil, err
	}
	opaque, says := img.(interface{ Opaque() bool })
	of := sallyport.Logo{Hash: made.Hash, Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Transparent: says && !opaque.Opaque()}
	return Logo{of.String(), largest.Type, largest.Body}, nil, nil
}

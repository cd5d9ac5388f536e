package main

import (
	"cmp"
	"errors"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// explain turns an error into text for a terminal.
func explain(err error) error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sallyport.CodeNotFound:
		return errors.New("there is no such user")
	case sallyport.CodeConflict:
		return errors.New("nothing changed: " + strings.ReplaceAll(string(cmp.Or(e.Obstacle, sallyport.ChangedMeanwhile)), "_", " "))
	case sallyport.CodeInvalid, sallyport.CodeOwnNetwork:
		var lines []string
		for _, f := range e.Fields {
			lines = append(lines, f.Field+": "+message.For("").Rule(f))
		}
		return errors.New(strings.Join(lines, "; "))
	}
	return err
}

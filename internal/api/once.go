package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// What stands twice is read by one program as the first and by another as the last: a proxy in front could
// judge another request than the one that is answered. ASVS 5.0 15.3.7.

// parametersOnce refuses an address with a parameter more than once, but for filters that take many values.
func parametersOnce(query url.Values) error {
	var wrong []sallyport.FieldError
	for name, values := range query {
		if len(values) > 1 && !list.Repeats(name) {
			wrong = append(wrong, sallyport.FieldError{Field: fieldName("query." + name), Code: "repeated"})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.SortFunc(wrong, func(a, b sallyport.FieldError) int { return bytes.Compare([]byte(a.Field), []byte(b.Field)) })
	return sallyport.Invalid(wrong[:min(len(wrong), maxBroken)]...)
}

// keysOnce refuses a body in which an object has a key twice. What is no JSON is left to whoever reads it.
func keysOnce(body []byte) error {
	in := json.NewDecoder(bytes.NewReader(body))
	in.UseNumber()
	var open []*nesting
	for {
		token, err := in.Token()
		if err == io.EOF || err != nil {
			return nil //nolint:nilerr // it is read again
		}
		if len(open) > 0 && !open[len(open)-1].takes(token) {
			return sallyport.Refuse(codeMalformed, "a key stands twice")
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &nesting{keys: map[string]bool{}, wants: true})
		case json.Delim('['):
			open = append(open, &nesting{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// nesting is an object that is being read, or an array, which has no keys.
type nesting struct {
	keys  map[string]bool
	wants bool // a key comes next, and not a value
}

// takes reads the next token of an object. It reports false for a key that was there before.
func (o *nesting) takes(token json.Token) bool {
	if o.keys == nil || token == json.Delim('}') {
		return true
	}
	key, is := token.(string)
	if !o.wants || !is {
		o.wants = true // behind its value
		return true
	}
	o.wants = false
	was := o.keys[key]
	o.keys[key] = true
	return !was
}

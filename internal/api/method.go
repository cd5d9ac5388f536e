package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
)

// Names of methods in requests and answers: anyMethod is any method, newMethod one that
// can be set up, askedMethod one that needs a request (a sent code, a challenge) first.
type (
	anyMethod   string
	newMethod   string
	askedMethod string
)

// Schema lists all methods.
func (anyMethod) Schema(huma.Registry) *huma.Schema {
	return oneOf(func(sallyport.Method) bool { return true })
}

// Schema lists the methods that can be set up.
func (newMethod) Schema(huma.Registry) *huma.Schema {
	return oneOf(func(m sallyport.Method) bool { return !m.StandIn })
}

// Schema lists the methods that factor/send accepts.
func (askedMethod) Schema(huma.Registry) *huma.Schema {
	return oneOf(func(m sallyport.Method) bool { return m.Asked })
}

func oneOf(are func(sallyport.Method) bool) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, name := range sallyport.MethodNames(are) {
		s.Enum = append(s.Enum, name)
	}
	return s
}

package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
)

// Methods of second factors, as requests and answers name them: all of them, those
// that can be set up, and those that are asked for before they are answered.
type (
	anyMethod   string
	newMethod   string
	askedMethod string
)

// Schema lists the methods there are.
func (anyMethod) Schema(huma.Registry) *huma.Schema {
	return oneOf(func(sallyport.Method) bool { return true })
}

// Schema lists the methods that can be set up.
func (newMethod) Schema(huma.Registry) *huma.Schema {
	return oneOf(func(m sallyport.Method) bool { return !m.StandIn })
}

// Schema lists the methods that factor/send is for.
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

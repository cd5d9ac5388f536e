package api

import (
	"encoding/json"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/list"
)

// filterSchema returns the schema of a body with the filters of a list, as the parameters of its
// address: a text or, where several values are possible, an array.
func filterSchema(t *list.Table, means string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Description: means, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, p := range t.Parameters() {
		if t.Filters(p.Name) {
			s.Properties[p.Name] = parameter(p).Schema
		}
	}
	return s
}

// readFilter reads such a body; a text is one value.
func readFilter[F ~map[string][]string](text []byte) (F, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	out := F(url.Values{})
	for name, v := range raw {
		var one string
		many := []string{}
		if json.Unmarshal(v, &one) == nil {
			many = []string{one}
		} else if err := json.Unmarshal(v, &many); err != nil {
			return nil, err
		}
		out[name] = many
	}
	return out, nil
}

package kit

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
)

// MapPlace is a country by its ISO 3166-1 code, "" for an unknown one, with the values of its parts.
type MapPlace struct {
	Country string
	Values  []float64
}

// Map shows where something happened: countries on a map of the world, the darker the more, and
// as a table.
type Map struct {
	ID     string
	Label  string // what the drawing is, for who does not see it
	Tone   string
	Name   string // of the value that the colours stand for
	Least  string // what the lightest and the darkest colour stand for; "" for nothing at all
	Most   string
	Steps  []int
	Head   []string
	Shapes []MapShape
	Rows   []MapRow // those with most
	More   string   // how many others the table of all has; "" for none
	All    []MapRow // every one, when there are more
}

// MapShape is a country on the map.
type MapShape struct {
	Code   string // its name in world.svg
	Step   int    // 0 for none, to 5
	When   string // the name of the country: what a tip begins with
	Values []ChartValue
}

// MapRow is a country in the table.
type MapRow struct {
	Place Place
	Cells []string
}

const (
	mapSteps = 5
	mapRows  = 8 // beside the map
)

// ViewMap draws places on a map. The colours stand for one of the parts, which the table is sorted by
// too; then by the others.
func ViewMap(s Speaker, id string, parts []ChartPart, colours int, places []MapPlace) *Map {
	p := &plot{Speaker: s, parts: parts}
	p.write = p.count
	m := &Map{
		ID: id, Label: s.T("chart.map", "Name", parts[colours].Name), Tone: parts[colours].Tone, Name: parts[colours].Name,
		Head: []string{s.T("chart.country")}, Steps: []int{1, 2, 3, 4, mapSteps},
	}
	for _, part := range parts {
		m.Head = append(m.Head, part.Name)
	}
	places = sortPlaces(places, colours)
	most := 0.0
	for _, place := range places {
		most = max(most, drawable(valueOf(place.Values, colours)))
	}
	if most > 0 {
		m.Least, m.Most = p.count(1), p.count(most)
	}
	for _, place := range places {
		m.add(p, place, mapStep(drawable(valueOf(place.Values, colours)), most))
	}
	if len(m.All) > mapRows {
		m.Rows, m.More = m.All[:mapRows], s.N("chart.more", len(m.All)-mapRows)
	} else {
		m.Rows, m.All = m.All, nil
	}
	return m
}

// add puts a country on the map, where it has it, and into the table.
func (m *Map) add(p *plot, place MapPlace, step int) {
	row := MapRow{Place: p.PlaceAt(sallyport.Location{Country: place.Country}, "")}
	shape := MapShape{Code: strings.ToLower(place.Country), Step: step, When: row.Place.Text}
	for i, part := range p.parts {
		text := p.text(valueOf(place.Values, i))
		row.Cells = append(row.Cells, text)
		shape.Values = append(shape.Values, ChartValue{Tone: part.Tone, Name: part.Name, Text: text})
	}
	m.All = append(m.All, row)
	if onMap(shape.Code) {
		m.Shapes = append(m.Shapes, shape)
	}
}

func sortPlaces(places []MapPlace, first int) []MapPlace {
	places = slices.Clone(places)
	slices.SortStableFunc(places, func(a, b MapPlace) int {
		by := func(part int) int {
			return cmp.Compare(drawable(valueOf(b.Values, part)), drawable(valueOf(a.Values, part)))
		}
		order := by(first)
		for i := 0; i < len(a.Values) && order == 0; i++ {
			order = by(i)
		}
		return cmp.Or(order, cmp.Compare(a.Country, b.Country))
	})
	return places
}

// mapStep is which of the five colours a value has. Each stands for a multiple of the one before
// it: a few countries have most of everything, and the others would all have the lightest.
func mapStep(value, most float64) int {
	if value <= 0 {
		return 0
	}
	return min(max(int(math.Ceil(mapSteps*math.Log1p(value)/math.Log1p(most))), 1), mapSteps)
}

// onMap reports whether the map has a country.
func onMap(code string) bool {
	return len(code) == 2 && bytes.Contains(loadAssets().byName["world.svg"].body, fmt.Appendf(nil, `id="%s"`, code))
}

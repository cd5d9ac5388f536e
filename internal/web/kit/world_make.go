//go:build ignore

// Makes static/world.svg, the map of the charts, from Natural Earth as the npm package world-atlas
// has it. It is run by hand, in this folder, after npm install in static/src:
//
//	go run world_make.go
//
// Shapes come from the small scale of 1:110 million; what it leaves out, such as Singapore and
// Malta, is a dot in the middle of its shape at 1:50 million.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

const (
	packageDir = "static/src/node_modules/world-atlas/"
	width      = 2000 // of the drawing; a unit is half a pixel of a map that is 1000 wide
	south      = -57  // degrees: below it is ice, and nobody signs in
	centre     = 11   // degrees: the edge lies in the Bering Strait, and cuts no country in two
	tolerance  = 0.8  // units by which an outline may be off
	speck      = 6    // units: an island with less width and height is left out
	dot        = 11   // radius of what has no shape
)

// named are those without a code in the data. Kosovo's is what addresses there have. Northern
// Cyprus and Somaliland have no code of their own, and addresses there those of the country
// that ISO 3166-1 counts them to.
var named = map[string]string{"Kosovo": "xk", "N. Cyprus": "cy", "Somaliland": "so"}

// apart are the parts of a country that have a code of their own: those that the box contains.
var apart = []struct {
	from, code               string
	west, south, east, north float64
}{
	{"fr", "gf", -56, 1, -50, 7},
	{"no", "sj", 8, 74, 35, 82},
}

// small is what the data has no shape of at either scale, by longitude and latitude.
var small = map[string]point{
	"bq": {-68.3, 12.2}, "cc": {96.8, -12.2}, "cx": {105.6, -10.5}, "gi": {-5.35, 36.1}, "gp": {-61.5, 16.2},
	"mq": {-61, 14.6}, "re": {55.5, -21.1}, "tk": {-171.8, -9.2}, "tv": {179.2, -8.5}, "yt": {45.2, -12.8},
}

type point struct{ x, y float64 }

// topology is what we read of TopoJSON.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]float64
	Objects   struct {
		Countries struct {
			Geometries []struct {
				ID         string
				Type       string
				Arcs       json.RawMessage
				Properties struct{ Name string }
			}
		}
	}
}

// atlas has the rings of each country by its code in small letters: outlines without holes, since
// what lies in a hole is a country that is drawn above.
type atlas struct {
	arcs  [][]point // in degrees
	rings map[string][][]int
}

func main() {
	log.SetFlags(0)
	shapes, dots := read("countries-110m.json"), read("countries-50m.json")
	out := map[string]string{}
	for code, rings := range shapes.rings {
		if path := shapes.path(rings); path != "" {
			out[code] = fmt.Sprintf(`<path id="%s" d="%s"/>`, code, path)
		}
	}
	for code, rings := range dots.rings {
		if _, drawn := out[code]; !drawn {
			small[code] = dots.middle(rings)
		}
	}
	for code, at := range small {
		if p := project(point{centre + turned(at.x), at.y}); at.y > south && out[code] == "" {
			out[code] = fmt.Sprintf(`<circle id="%s" cx="%.0f" cy="%.0f" r="%d"/>`, code, p.x, p.y, dot)
		}
	}
	write(out)
}

func read(name string) atlas {
	body, err := os.ReadFile(packageDir + name)
	if err != nil {
		log.Fatal(err)
	}
	var t topology
	if err := json.Unmarshal(body, &t); err != nil {
		log.Fatal(err)
	}
	a := atlas{rings: map[string][][]int{}}
	for _, deltas := range t.Arcs {
		var arc []point
		x, y := 0.0, 0.0
		for _, d := range deltas {
			x, y = x+d[0], y+d[1]
			arc = append(arc, point{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
		a.arcs = append(a.arcs, arc)
	}
	for _, g := range t.Objects.Countries.Geometries {
		for _, ring := range outer(g.Type, g.Arcs) {
			if code := a.code(g.ID, g.Properties.Name, ring); code != "" {
				a.rings[code] = append(a.rings[code], ring)
			}
		}
	}
	return a
}

// outer returns the outlines of a geometry, as the numbers of their arcs.
func outer(kind string, raw json.RawMessage) (rings [][]int) {
	var polygons [][][]int
	if kind == "Polygon" {
		polygons = make([][][]int, 1)
		must(json.Unmarshal(raw, &polygons[0]))
	} else {
		must(json.Unmarshal(raw, &polygons))
	}
	for _, p := range polygons {
		rings = append(rings, p[0])
	}
	return rings
}

func (a atlas) code(id, name string, ring []int) string {
	if id == "" {
		return named[name]
	}
	number, err := strconv.Atoi(id)
	must(err)
	region, err := language.EncodeM49(number)
	must(err)
	code := strings.ToLower(region.String())
	at := a.middle([][]int{ring})
	for _, p := range apart {
		if p.from == code && at.x > p.west && at.x < p.east && at.y > p.south && at.y < p.north {
			return p.code
		}
	}
	return code
}

// arc returns a line of the topology; a negative number is one that is drawn backwards.
func (a atlas) arc(n int) []point {
	if n >= 0 {
		return a.arcs[n]
	}
	back := slices.Clone(a.arcs[^n])
	slices.Reverse(back)
	return back
}

// middle is the centre of the box around the largest ring.
func (a atlas) middle(rings [][]int) point {
	var middle point
	widest := -1.0
	for _, ring := range rings {
		low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
		for _, n := range ring {
			for _, p := range a.arc(n) {
				low, high = point{min(low.x, p.x), min(low.y, p.y)}, point{max(high.x, p.x), max(high.y, p.y)}
			}
		}
		if w := high.x - low.x; w > widest {
			widest, middle = w, point{(low.x + high.x) / 2, (low.y + high.y) / 2}
		}
	}
	return middle
}

// path draws the rings of a country. Each arc is thinned by itself, so that neighbours keep the
// same border.
func (a atlas) path(rings [][]int) string {
	var out strings.Builder
	for _, ring := range rings {
		var line []point
		last := a.arc(ring[0])[0]
		last.x = centre + turned(last.x)
		for _, n := range ring {
			var arc []point
			for _, p := range a.arc(n) {
				for p.x-last.x > 180 { // the ring goes on beyond the edge of the map, and is not cut
					p.x -= 360
				}
				for last.x-p.x > 180 {
					p.x += 360
				}
				last = p
				arc = append(arc, project(p))
			}
			line = append(line, thin(arc)...)
		}
		out.WriteString(draw(line))
	}
	return out.String()
}

// turned is how far a place lies east of the middle of the map, from -180 to 180.
func turned(long float64) float64 { return math.Mod(long-centre+540, 360) - 180 }

// draw writes a ring in whole numbers, each point from the one before it.
func draw(line []point) string {
	var out strings.Builder
	var at point
	low, high := point{width, width}, point{}
	last := ""
	for _, p := range line {
		p = point{math.Round(p.x), math.Round(p.y)}
		low, high = point{min(low.x, p.x), min(low.y, p.y)}, point{max(high.x, p.x), max(high.y, p.y)}
		command := "l"
		if last == "" {
			command = "M"
		} else if p == at {
			continue
		}
		step := strings.ReplaceAll(fmt.Sprintf("%.0f,%.0f", p.x-at.x, p.y-at.y), ",-", "-")
		if last != "l" || command != "l" {
			step = command + step
		} else if step[0] != '-' {
			step = " " + step
		}
		out.WriteString(step)
		last, at = command, p
	}
	if high.x-low.x < speck && high.y-low.y < speck || low.y == high.y {
		return ""
	}
	return out.String() + "z"
}

// thin drops the points that a straight line is near enough to (Douglas and Peucker).
func thin(line []point) []point {
	if len(line) < 3 {
		return line
	}
	first, last := line[0], line[len(line)-1]
	far, at := 0.0, 0
	for i, p := range line[1 : len(line)-1] {
		if d := distance(p, first, last); d > far {
			far, at = d, i+1
		}
	}
	if far <= tolerance {
		return []point{first, last}
	}
	return append(thin(line[:at+1]), thin(line[at:])[1:]...)
}

func distance(p, a, b point) float64 {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return math.Hypot(p.x-a.x, p.y-a.y)
	}
	return math.Abs((b.x-a.x)*(a.y-p.y)-(a.x-p.x)*(b.y-a.y)) / length
}

// project puts a place on the map; what is too far south lies on its lower edge. It is the Natural Earth projection: T. Patterson, B. Šavrič, "A polynomial equation for
// the Natural Earth projection", 2011.
func project(p point) point {
	scale := width / (2 * 0.8707 * math.Pi)
	x, y := natural((p.x-centre)*math.Pi/180, max(p.y, south)*math.Pi/180)
	_, top := natural(0, 84*math.Pi/180)
	return point{width/2 + x*scale, (top - y) * scale}
}

func natural(long, lat float64) (x, y float64) {
	l2 := lat * lat
	l4 := l2 * l2
	x = long * (0.8707 - 0.131979*l2 + l4*(-0.013791+l4*(0.003971*l2-0.001529*l4)))
	y = lat * (1.007226 + l2*(0.015085+l4*(-0.044475+0.028874*l2-0.005916*l4)))
	return x, y
}

// write puts the shapes in a group of their own: they are the land. Dots are there for who asks.
func write(parts map[string]string) {
	var land, dots []string
	for _, part := range parts {
		if strings.HasPrefix(part, "<path") {
			land = append(land, part)
		} else {
			dots = append(dots, part)
		}
	}
	slices.Sort(land)
	slices.Sort(dots)
	corner := project(point{centre, south})
	out := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\">\n<g id=\"land\">\n%s\n</g>\n<defs>\n%s\n</defs>\n</svg>\n",
		width, math.Ceil(corner.y), strings.Join(land, "\n"), strings.Join(dots, "\n"))
	must(os.WriteFile("static/world.svg", []byte(out), 0o644)) //nolint:gosec // a file of the repository
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

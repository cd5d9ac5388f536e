package look

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// rgb is a colour of the screen, each part from 0 to 255.
type rgb [3]uint8

// parse reads #rrggbb.
func parse(s string) (c rgb, ok bool) {
	digits, is := strings.CutPrefix(s, "#")
	if !is || len(digits) != 6 {
		return c, false
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || strings.ContainsAny(digits, "+_") {
		return c, false
	}
	return rgb{uint8(n >> 16), uint8(n >> 8 & 0xff), uint8(n & 0xff)}, true //nolint:gosec // each is masked
}

// known reads a colour of this package's own tables.
func known(s string) rgb {
	c, ok := parse(s)
	if !ok {
		panic("look: no colour " + s)
	}
	return c
}

// String writes #rrggbb.
func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// linear is one part as light, from 0 to 1: WCAG 2.2, relative luminance.
func linear(part uint8) float64 {
	v := float64(part) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// screen is the opposite of linear, before it is rounded.
func screen(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

func (c rgb) luminance() float64 {
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is the contrast ratio of WCAG 2.2: from 1 to 21.
func contrast(a, b rgb) float64 {
	high, low := a.luminance(), b.luminance()
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// least is the smallest contrast of c with any of others.
func least(c rgb, others []rgb) float64 {
	least := 21.0
	for _, o := range others {
		least = min(least, contrast(c, o))
	}
	return least
}

// oklch is a colour by lightness (0 to 1), chroma and hue, as people see them: another
// lightness leaves the hue as it is. https://bottosson.github.io/posts/oklab/
type oklch struct{ l, c, h float64 }

func (c rgb) oklch() oklch {
	r, g, b := linear(c[0]), linear(c[1]), linear(c[2])
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	lightness := 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
	x := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	y := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return oklch{lightness, math.Hypot(x, y), math.Atan2(y, x)}
}

// parts are red, green and blue of the screen; below 0 or above 1 for what no screen shows.
func (o oklch) parts() [3]float64 {
	x, y := o.c*math.Cos(o.h), o.c*math.Sin(o.h)
	l, m, s := o.l+0.3963377774*x+0.2158037573*y, o.l-0.1055613458*x-0.0638541728*y, o.l-0.0894841775*x-1.2914855480*y
	l, m, s = l*l*l, m*m*m, s*s*s
	return [3]float64{
		screen(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		screen(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		screen(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

// shown reports whether a screen can show the colour.
func (o oklch) shown() bool {
	const slack = 1e-4
	for _, v := range o.parts() {
		if v < -slack || v > 1+slack {
			return false
		}
	}
	return true
}

// rgb is the nearest colour of the screen with this lightness and hue: with less chroma where
// the screen has not that much.
func (o oklch) rgb() (c rgb) {
	o.l = min(max(o.l, 0), 1)
	if !o.shown() {
		low, high := 0.0, o.c
		for range 20 {
			if o.c = (low + high) / 2; o.shown() {
				low = o.c
			} else {
				high = o.c
			}
		}
		o.c = low
	}
	for i, v := range o.parts() {
		c[i] = uint8(math.Round(min(max(v, 0), 1) * 255))
	}
	return c
}

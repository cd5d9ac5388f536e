package look

// Sample is a colour beside what it is read or seen on.
type Sample struct {
	Mode   Mode
	Use    Use
	Ground string
	On     string
	// Ratio is the smallest contrast that there is anywhere, and Least the one that is needed.
	Ratio, Least float64
}

// Samples shows each colour on the ground where it is hardest to see.
func (c Colours) Samples() (out []Sample) {
	for i, s := range []Scheme{c.Light, c.Dark} {
		t := themes[i]
		grounds := append([]rgb{known(s.Tint)}, t.grounds...)
		out = append(out, Sample{t.mode, Button, s.Button, s.OnThem, min(contrast(known(s.Button), known(s.OnThem)), contrast(known(s.Hover), known(s.OnThem))), TextContrast})
		out = append(out,
			sample(t.mode, Text, s.Text, grounds, TextContrast),
			sample(t.mode, Control, s.Control, grounds, ControlContrast))
	}
	return out
}

func sample(m Mode, u Use, on string, grounds []rgb, needed float64) Sample {
	worst := grounds[0]
	for _, g := range grounds {
		if contrast(known(on), g) < contrast(known(on), worst) {
			worst = g
		}
	}
	return Sample{m, u, worst.String(), on, contrast(known(on), worst), needed}
}

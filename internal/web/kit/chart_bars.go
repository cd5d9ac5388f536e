package kit

// leastBar is the height of a segment that is not nothing, in hundredths: it must be seen.
const leastBar = 1.2

// ViewBars draws counts over time as bars whose parts are stacked, the first at the bottom.
func ViewBars(s Speaker, id string, parts []ChartPart, points []ChartPoint) *Chart {
	p := &plot{Speaker: s, parts: parts, points: points}
	p.write = p.count
	sums := make([]float64, len(parts))
	highest := 0.0
	for _, point := range points {
		all := 0.0
		for i := range parts {
			value := drawable(point.value(i))
			sums[i] += value
			all += value
		}
		highest = max(highest, all)
	}
	c := p.chart(id, "bars", p.scale(highest))
	if highest == 0 {
		c.Nothing = s.T("chart.nothing")
	}
	for i := range parts {
		c.Key[i].Total = p.count(sums[i])
	}
	for i, point := range points {
		c.Columns[i].Marks = p.bar(point)
	}
	return c
}

// drawable is a value that can be drawn: nothing for one that is not known, or is below nothing.
func drawable(value float64) float64 {
	if !known(value) {
		return 0
	}
	return min(max(value, 0), mostThings)
}

// bar stacks the segments of a bar from the bottom.
func (p *plot) bar(at ChartPoint) (marks []ChartMark) {
	y := 100.0
	for i, height := range p.heights(at) {
		if height > 0 {
			y -= height
			marks = append(marks, ChartMark{Tone: p.parts[i].Tone, Y: short(y) + "%", Height: short(height) + "%"})
		}
	}
	return marks
}

// heights are those of the segments. What the smallest get so that they are seen, the largest
// gives where there is no room.
func (p *plot) heights(at ChartPoint) []float64 {
	heights := make([]float64, len(p.parts))
	largest, sum := 0, 0.0
	for i := range p.parts {
		if value := drawable(at.value(i)); value > 0 {
			heights[i] = max(100*(value/p.top), leastBar)
		}
		sum += heights[i]
		if heights[i] > heights[largest] {
			largest = i
		}
	}
	if len(heights) > 0 {
		heights[largest] -= max(sum-100, 0)
	}
	return heights
}

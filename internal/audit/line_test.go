package audit

import "testing"

func TestLine(t *testing.T) {
	for want, got := range map[string][]byte{
		`{"position":0,"leaf":{"v":1}}` + "\n":                             Line(0, `{"v":1}`, ""),
		`{"position":12345,"leaf":{"v":1},"personal":{"salt":"x"}}` + "\n": Line(12345, `{"v":1}`, `{"salt":"x"}`),
	} {
		if string(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

package device

func parseName(field, s string) (string, error) { return s, nil }

package settings

import "math"

// positive is a number above zero.
func (f field) positive() (float64, error) {
	var number float64
	node := f.target()
	isNumber := node.ShortTag() == "!!int" || node.ShortTag() == "!!float"
	if !isNumber || node.Decode(&number) != nil || !(number > 0) || math.IsInf(number, 0) {
		return 0, f.mistake("it isn't a number above 0")
	}
	return number, nil
}

package wire

// First returns the error at which the writing of the record ended.
func (e *BrokenRules) First() *FieldError { return e.first }

// MaxBroken is how many rules an error has at most.
const MaxBroken = maxBroken

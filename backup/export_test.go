package backup

// WithBounds returns a plan for small folders: files from alone bytes on are
// segments of their own, from pack bytes on new files are a pack, of which there
// are at most packs.
func (p Plan) WithBounds(alone, pack int64, packs int) Plan {
	p.bounds = bounds{alone, pack, packs}
	return p
}

// MaxAlone is how many files are segments of their own.
const MaxAlone = maxAlone

package kernel

// MaxPage bounds the rows of one page of any list.
const MaxPage = 200

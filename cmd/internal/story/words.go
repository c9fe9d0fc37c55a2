package story

// words are 256 short ones that nobody mistakes for each other: one random byte
// chooses one. Seven make 56 bits, enough for a story; a ceremony draws from
// 7,776 by dice.
const words = `
acorn amber anchor apple apron arrow aspen atlas autumn badger bagel bamboo
banjo barley basil basket beacon beaver bench berry birch bishop bison
blanket blossom bonnet border bottle bramble bread breeze brick bridge
bronze brook broom bubble bucket buffalo butter button cabin cactus camel
candle canoe canvas carbon cargo carpet carrot castle cedar cellar chalk
cherry chess chimney cider cinder circle citrus clover coast cobalt coffee
comet copper coral corner cotton cradle crane crater cricket crystal cumin
curtain cypress dagger dahlia daisy dancer delta denim desert diamond
dolphin domino donkey dragon drum eagle easel echo eclipse elbow ember
emerald engine falcon feather fennel ferry fiddle finch flannel flint flute
forest fossil fountain frost galaxy garden garlic geyser ginger glacier
glove goblet granite grape gravel hamlet hammer harbor harp harvest hazel
hedge helmet heron hickory hollow honey horizon hornet island ivory jacket
jaguar jasmine jigsaw jungle juniper kayak kernel kettle kitten ladder
lagoon lantern larch lark lemon lentil lichen lilac linen lizard lobster
locket lotus lumber magnet mango maple marble meadow melon meteor mirror
mitten molten mosaic mountain muffin nectar needle nickel nutmeg oasis oboe
ocean olive onion opal orange orbit orchid otter oyster paddle palace
panther paper parrot pebble pepper piano pigeon pillow planet plum pocket
pollen poplar poppy prairie pumpkin puzzle quartz quiver rabbit radish raven
ribbon river robin rocket rosemary saddle saffron salmon sandal sapphire
sparrow spruce teapot temple thimble thunder tiger timber tulip tundra
tunnel turnip turtle valley velvet vessel violet violin waffle wagon walnut
walrus willow window winter yarrow zephyr zinc zipper
`

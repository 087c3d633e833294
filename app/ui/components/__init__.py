"""Small pieces that pages are composed of; each draws one thing and decides nothing."""

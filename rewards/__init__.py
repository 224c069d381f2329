"""What a wallet buys: the catalogue, gift cards out of a stock of codes, and services that staff give for a QR."""

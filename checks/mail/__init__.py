"""E-mail: can others write in the shop's name, and does its mail travel encrypted?"""
